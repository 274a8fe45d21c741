"""Answers for operators: articles by topic in three languages, what they were used for, and the questions
that found none.

* `articles`: an article saved as a new version, retired, brought back
* `content`: what an article holds and how long it may be; what is wrong with it; the text it is found by
* `file`: articles as a file (CSV), checked by line
* `model`: the tables
* `questions`: an answer used for an inquiry; a question that found none, and what became of it

A day is the city's. Read in this order: `content`, `model`, `articles`.
"""
