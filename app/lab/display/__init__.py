"""How results look: tables and charts in a notebook, text in a terminal."""
