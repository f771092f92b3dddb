"""How to cite a run, and the paper, in BibTeX."""

PAPER = """\
@misc{nrg-paper,
  title = {Enhancing the Transferability of Adversarial Examples with Noise Reduced Gradient},
  author = {Wu, Lei and Zhu, Zhanxing and Tai, Cheng and E, Weinan},
  year = {2018},
  url = {https://arxiv.org/abs/1802.09707},
  note = {Submitted to the International Conference on Learning Representations 2018}
}
"""


def write_bibtex(suite: str, date: str, commit: str, evaluation_set: str) -> str:
    """The entries of a run and of the paper.

    Args:
        date: of the commit, ISO 8601; only the year is used.
        evaluation_set: SHA-256 of the attacked images; empty before they are selected.
    """
    images = f"; evaluation set sha256 {evaluation_set}" if evaluation_set else ""
    entries = {
        "title": "Noise-reduced gradients: a reproduction of “Enhancing the Transferability of "
        "Adversarial Examples with Noise Reduced Gradient”",
        "year": date[:4],
        "version": commit,
        "note": f"Suite {suite}{images}",
    }
    fields = ",\n".join(f"  {key} = {{{escape(value)}}}" for key, value in entries.items() if value)
    return f"@software{{nrg-run,\n{fields}\n}}\n\n{PAPER}"


def escape(value: str) -> str:
    """A text whose special characters BibTeX and LaTeX do not interpret; some are left out."""
    return "".join(f"\\{c}" if c in "%&#_$" else c for c in value if c not in "{}\\~^")
