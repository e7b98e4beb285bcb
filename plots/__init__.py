"""Pictures of what stands in a store, and the numbers behind them, for `schoolroom plot` and for the viewer.

A room of its own, since a picture needs both the lesson graph and the checkers of `environments` and the
intervals and measures of `training`, which know nothing of each other; and since neither `viewer` nor `cli`
should have to import the other for a number that both show. Each file holds one picture: first what is
counted, as frozen values without matplotlib, then how it is drawn. Nothing here prints or asks a model.
"""
