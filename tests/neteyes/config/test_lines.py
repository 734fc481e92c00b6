"""A key's line, which the TOML parser does not tell."""

from neteyes.config.lines import Lines

TEXT = '''\
# a comment with a = 1
first = 1
text = """
second = 2
[third]
"""   # still the text
list = [
  "a",  # [no table]
  "b = 3",
]
'quoted key' = 4
here = { one = 1, two = 2 }

[swap]  # of labels
person = "bear"
"potted plant" = "tree"
a.b = 1
[deep.er]
last = 2024-01-01
[[many]]
one = 1
[[many]]
one = 1'''


def test_each_key_is_found_on_the_line_it_begins_on():
    lines = Lines(TEXT)
    found = {
        ("first",): 2,
        ("text",): 3,
        ("list",): 7,
        ("quoted key",): 11,
        ("here",): 12,
        ("here", "two"): 12,
        ("swap",): 14,
        ("swap", "person"): 15,
        ("swap", "potted plant"): 16,
        ("swap", "a", "b"): 17,
        ("deep",): 18,
        ("deep", "er"): 18,
        ("deep", "er", "last"): 19,
        ("many",): 20,
        ("many", "one"): 21,
    }
    assert {path: lines.find(path) for path in found} == found


def test_a_piece_of_a_long_value_has_a_line_of_its_own():
    lines = Lines(TEXT)
    assert lines.find(("list",), "b = 3") == 9
    assert lines.find(("list",), "nowhere") == 7
