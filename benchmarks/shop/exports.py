"""Requests shared by the figures about exports."""

from urllib.parse import quote, urlencode

from app.lab.load import Request

IDENTITY, GZIP = "identity", "gzip"
ENCODINGS = (IDENTITY, GZIP)


def export_request(form: str, country: str | None, encoding: str = IDENTITY) -> Request:
    """Request the order lines of one country, or all. The body varies, because the rows come in no
    particular order."""
    return Request(
        f"/api/export/order-lines?{_query(format=form, country=country)}",
        headers=(("accept-encoding", encoding),),
        same_body=False,
    )


def copy_request(form: str, country: str | None) -> Request:
    """Request a COPY of the same rows by the driver alone."""
    return Request(f"/out?{_query(name=form, country=country)}", same_body=False)


def _query(**values: str | None) -> str:
    given = {name: value for name, value in values.items() if value is not None}
    return urlencode(given, quote_via=quote)
