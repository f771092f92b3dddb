"""What the eye makes of colours, computed apart from the code under test."""

import numpy as np
from matplotlib.colors import to_rgb


def linear_channels(colour):
    """Red, green and blue as amounts of light, (3,)."""
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def relative_luminance(colour):
    """WCAG 2.2's relative luminance, from 0 for black to 1 for white."""
    return float(np.dot([0.2126, 0.7152, 0.0722], linear_channels(colour)))


def contrast(one, other):
    """WCAG 2.2's contrast of two colours, from 1 to 21."""
    dark, light = sorted(map(relative_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def oklab(colour):
    """A colour in Oklab (Ottosson 2020), in which distances are about as large as they look."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_cones) @ linear_channels(colour))
