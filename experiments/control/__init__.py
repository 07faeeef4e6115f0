"""How well what is asked of form, likeness, cadences and gaps is kept; docs/control.md."""
