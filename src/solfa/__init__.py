"""solfa: composing melodies with neural networks."""
