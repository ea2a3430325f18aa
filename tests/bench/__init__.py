"""What xenbond costs, each figure against a floor or a peer measured in the same run.

Wall clocks are reported, never asserted: a shared machine is no gauge.
"""
