"""Takes the place of pyroute2's own, which imports all there is: a database, ethtool, and more."""

from pyroute2.iproute.linux import AsyncIPRoute as AsyncIPRoute, IPRoute as IPRoute
