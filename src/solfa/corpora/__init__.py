"""Where tunes come from, which are accepted and why not, and which part of the split each is in.

from solfa import corpora
corpora.load("german").split("train")        # a built-in repertoire
corpora.load(*corpora.REPERTOIRES)           # all of them joined
corpora.load("path/to/my/tunes")             # any folder of readable files
"""

from solfa.corpora.accept import REPORT_DURATIONS, refusal
from solfa.corpora.corpus import Corpus, load
from solfa.corpora.repertoires import REPERTOIRES, Repertoire
from solfa.corpora.stats import Stats, stats, table
from solfa.corpora.store import Refusal

__all__ = [
    "REPERTOIRES",
    "REPORT_DURATIONS",
    "Corpus",
    "Refusal",
    "Repertoire",
    "Stats",
    "load",
    "refusal",
    "stats",
    "table",
]
