"""A page in the browser, to try adapters on photos.

`session` is a photo, its prompts and what the models say to them; `service` answers what the page asks; only `page` and
`server` know of gradio, and `web` holds the parts of the page that are drawn by hand.
"""
