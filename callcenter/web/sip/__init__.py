"""SIP between a browser's phone and Asterisk, as far as we must understand it. Everything here is pure.

``message`` reads one message strictly, ``guard`` says whether a browser may send it, ``credentials`` makes
and checks the short-lived tokens that browsers register with, ``digest`` answers Asterisk's challenge with
the station's password, which no browser ever sees, and ``line`` puts them together for one connection.
"""
