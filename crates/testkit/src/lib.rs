//! Parts of tests: stores, clock, tokens, the outside, faults.
