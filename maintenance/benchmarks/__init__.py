"""The course's speed, as ratios measured side by side: `python -m maintenance.benchmarks [NAME ...]`.

Nothing here is a test: machines differ, and so do their busy moments. What is compared is measured in turns in one
run, so that a busy moment falls on both sides, and of all turns the median counts.
"""
