"""The product is killed again and again while people write to it; then the platform's ledger is compared with what the product has stored.

`python -m tests.crash --form sqlite|postgresql|mariadb --kills 50 --events 2500 --seed N` prints one line of JSON.
"""
