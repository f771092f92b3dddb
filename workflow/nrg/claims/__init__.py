"""The paper's sentences, tested on a run and on the paper's own tables."""
