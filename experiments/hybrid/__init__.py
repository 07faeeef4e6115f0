"""The figures of `melody_vae`: what its latent holds, and what it does better or worse."""
