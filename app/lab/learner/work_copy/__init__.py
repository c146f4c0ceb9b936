"""The work copy: the notebooks that a learner opens, edits and keeps through updates."""
