"""A page in the browser on which a person decides on a folder of cut-outs, least sure ones first.

`queue` orders the photos, `leases` keeps two reviewers apart, `journal` is what was decided, `outputs` brings the
folder up to date with it, and `state` is all of these together. `correction` is one photo being mended, `pictures` are
shown of a photo, `service` has the page's requests and their answers; only `server` knows of HTTP; `web` is the page.
"""
