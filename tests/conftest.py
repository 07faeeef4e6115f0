"""Stands here so that every test can import `strategies`; and what holds for all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure: no law has a deadline, and drawing may take its time.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")
