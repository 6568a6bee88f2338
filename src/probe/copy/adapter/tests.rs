//! Every adapter on real bytes, and on any bytes.
