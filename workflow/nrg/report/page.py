"""The HTML report: one file, with everything in it."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from nrg.base.number_text import POINTS, format_effect, format_interval, format_p, format_signed
from nrg.base.resources import REPORT
from nrg.report.claims_on_page import SYMBOLS, list_intervals, name_only_part
from nrg.report.glossary import link_terms, load_terms
from nrg.report.table_text import format_entry, label_column, label_metric
from nrg.study.exhibits import label_exhibit, label_method
from nrg.study.sources import label_network


def render(template: str, context: Mapping[str, Any]) -> str:
    """Fill in a template of the folder report/. All text is escaped, an unknown name is an error.

    Args:
        context: the values of the names that the template uses.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(REPORT),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "method_label": label_method,
        "network_label": label_network,
        "exhibit_label": label_exhibit,
        "metric_label": label_metric,
        "column_label": label_column,
        "entry": format_entry,
        "intervals": list_intervals,
        "only_part": name_only_part,
        "known": pd.notna,
        "signed": format_signed,
        "effect": format_effect,
        "interval": lambda low, high, unit=POINTS: format_interval(low, high, unit),
        "p_value": format_p,
        "json_script": json_script,
        "packed": pack,
    }
    terms = load_terms()
    environment.globals |= {
        "source": lambda name: Markup((REPORT / name).read_text(encoding="utf-8")),
        "glossary": terms,
        "outcome_symbols": SYMBOLS,
    }
    return set_spaces(link_terms(environment.get_template(template).render(context), terms))


def set_spaces(html: str) -> str:
    """Leave out the indentation of a page, and keep every percent sign on the line of its number.

    Preformatted text and scripts stay as they are.
    """
    kept = r"(<(?:pre|script)\b.*?</(?:pre|script)>)"
    html = re.sub(rf"{kept}|\n +", lambda match: match[1] or "\n", html, flags=re.DOTALL)
    percent = "\N{NO-BREAK SPACE}%"
    return re.sub(rf"{kept}|(?<=\d) %", lambda match: match[1] or percent, html, flags=re.DOTALL)


def json_script(value: Any) -> Markup:
    """Compact JSON in which no text can end the script element around it.

    Args:
        value: builtin types, or a dataclass of them.
    """
    text = write_json(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def pack(value: Any) -> str:
    """JSON, compressed by gzip, as base64: for data of which a page has much.

    Args:
        value: builtin types, or a dataclass of them.
    """
    return base64.b64encode(gzip.compress(write_json(value).encode(), mtime=0)).decode()


def write_json(value: Any) -> str:
    """Compact JSON of builtin types, or of a dataclass of them."""
    return json.dumps(
        value, default=vars, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def make_data_uri(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
