"""What is printed: PDF by Typst, which brings its own letters (every Kazakh one), tags what it sets for those
who hear it, and makes the same bytes of the same content.

* `typeset`: a template with its data, as PDF
* `shift`: a hand-over: its sections, notes, both signatures, what was added
* `protocol`: the protocol of a month of the rating: its columns and date (its rows and the lines below them:
  `dashboard.api.rating_papers`)
* `report`: a morning, a week or a month on two pages, of what was kept
* `charts`: SVG in the light colours of the theme: steps of a scale, sizes
* `incidents`: the rows of the map page's filter, with the map of those that have a point; up to how
  many are numbered
* `voters`: a precinct's list for its commission, without IIN, with lines to sign
* `act`: the act of reconciliation of a package for the election commission
* `notices`: what each house is told that votes elsewhere, and the list for who carries it round

The templates lie beside: `base.typ` (page, heading, foot), and one of each name. Whatever people wrote
comes to them as text, never as markup.
"""
