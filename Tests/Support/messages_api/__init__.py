"""A Messages API server for tests: strict about what it is sent, able to fail in every known way.

It speaks the wire of Anthropic's Messages API on the loopback interface. Nothing of it is meant for
use outside tests, and it needs nothing but Python's standard library, and `h2` for HTTP/2.
"""
