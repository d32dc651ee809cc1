//! `taskgroup` beside its peers.
