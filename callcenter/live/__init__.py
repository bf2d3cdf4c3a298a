"""Several server processes, one floor: the router's lease, the picture's fan-out, requests to the router.

``ports`` says what a node may expect, ``local`` and ``redis`` provide it, ``mirror`` is a node's own copy of
the picture, ``wire`` the bytes in between.
"""
