"""Pictures that people send: taken apart in a process of their own and made anew, so that nothing of the file
that was sent is kept but what is seen on it.

* `decode`: the child process: a file on its standard input becomes a JPEG and a thumbnail on its output
* `intake`: starts it, bounded in memory and time, and gives the picture or why it is refused
"""
