from app.lab.display.markup import code_spans, sentence


def test_backticks_are_code() -> None:
    assert code_spans("`lab.shop` it is") == "<code>lab.shop</code> it is"


def test_all_else_in_a_message_is_literal() -> None:
    assert code_spans("<b> a[0](x) *y* `") == "&lt;b&gt; a[0](x) *y* `"
    assert code_spans("`<i>`") == "<code>&lt;i&gt;</code>"


def test_a_sentence_has_links() -> None:
    assert sentence("[Why `x`?](../a.ipynb)") == '<a href="../a.ipynb">Why <code>x</code>?</a>'
