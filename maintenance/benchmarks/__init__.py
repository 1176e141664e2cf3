"""The course's speed, as ratios measured side by side; `maintenance.measure` runs these benchmarks.

None of them is a test: machines differ, and so does how busy they are. What is compared is measured alternately in one
run, so that a busy moment affects both sides, and the median counts.
"""
