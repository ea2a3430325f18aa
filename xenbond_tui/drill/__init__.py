"""The failover drill: does the bond take over, how long is nothing heard, does it go back?"""
