"""Readings made, run and analysed: all that needs files, images or models (app.reading is pure).

plan: a design, what it amounts to, its power, drawn and audited; stimuli: design -> cases of every
arm; leaks: their audit; coordinator: after sealing; completed: an unblinded reading -> analysis;
results: ratings in, statistics and report out; commands: `mammoscope reading ...`.
"""
