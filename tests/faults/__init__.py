"""Fault × flow: six conversations go on while something breaks, and must end well within a minute once it is mended, without anybody's help.

`python -m tests.faults [--form sqlite|postgresql|mariadb|clock] [--only NAME] [--list]` plays the product as the processes it is in production
against stand-ins of Slack and Telegram, prints a table (Markdown) and exits with 1 when a cell failed.

line        what lies between the product and a platform or a server, and can be harmed
desk        the processes, started again when they end, as a service manager does
scene       one form: a desk, its database, its bus, its platforms
people      who writes, presses and waits
flows       the six conversations
harm_*      the faults, by what they harm
play        one fault under all flows, and the verdict
"""
