"""How moto's methods are replaced."""

from functools import partialmethod


def patch(owner, *names):
    """Puts a function in the place of the methods of `owner` with these names, or its own; the original is its first argument."""

    def put(function):
        for name in names or [function.__name__]:
            original = getattr(owner, name, None)
            setattr(owner, name, partialmethod(lambda self, first, *args, **named: function(first, self, *args, **named), original))

    return put
