"""A page in the browser, to cut single photos out and to try adapters on them.

`session` is a photo under one model, `service` answers what the page asks, `app` and `server` are its addresses. Photos
and steps live in the page, which sends a photo again when the server has forgotten it.
"""
