"""The three levels at work, as the page /desk reads them, each view from one snapshot.

* `citizen`: what a citizen is told of a case and when, their mark, until when it can be reopened; the median
  time to an answer
* `inbox`: the cases of a performer's own organisation, and one of them
* `waiting`: what waits for an inspector, by queue; what was checked today
"""
