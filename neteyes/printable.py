"""What a camera, a server or a stranger's file says must not steer the terminal."""


def printable(text: str) -> str:
    """Return one line of text, with a blank in place of what is no letter or sign."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
