"""What a page may ask about jobs and ask of them: the same over the server's routes and over a widget's comm.

Requests come from anything that reaches a server or a kernel, so all of them are read strictly.
"""
