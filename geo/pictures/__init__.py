"""Pictures that people send: taken apart in a process of their own and made anew, so that nothing of the file
that was sent is kept but what is seen on it.

* `decode`: the child process that encodes a picture anew: formats, pixels, sizes, memory it may take
* `intake`: starts that child with a time limit, and gives the picture or why it is refused
"""
