"""How a live address moves under a bond, and back, without an outage: for every stack.

A stack asks `move` whether it can be, adds what its own files forbid, and makes a `Transition`
(its own class of it, where its programs or its daemon take part): forward and rollback of a set-up
or a removal. A bond that is there already is changed while it runs (`edit`). Where neither can be,
the stack's own programs do it all (`WithOutage`).
"""
