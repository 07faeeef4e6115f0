"""`solfa studio`: a page on which a person composes. Thin: it asks solfa and shows the answer.

Streamlit runs ``page.py`` from top to bottom whenever something on the page changes.
"""
