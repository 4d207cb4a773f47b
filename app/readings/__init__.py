"""Readings made, run and analysed: all that needs files, images or models (app.reading is pure).

Before sealing: plan (what a design amounts to), precision (its power), stimuli (design -> cases of
every arm), leaks (their audit). After it: coordinator (standing, verify, merge, unblind), completed
and statements (an unblinded reading -> analysis and report). results: ratings in, report out;
sample: the finished one that ships; quick: the two-minute test; commands: `mammoscope reading ...`.
"""
