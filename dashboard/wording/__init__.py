"""What is said in the same words on a page, on paper, in a mail and by a command. It needs no Dash.

* `feeds`: the name of a feed
* `levels`: a figure of the three levels and its goal
* `machine`: what the machine has measured of itself
* `measures`: what a preventive measure has changed
* `privacy`: the register of personal data
* `shift`: the sections of a hand-over as lines
* `staffing`: operators needed, against the roster
* `statistics`: numbers, changes and periods
"""
