"""Every model under every condition, side by side, with metrics of the tunes drawn from each."""
