//! Tests of the whole: plugins from their shared libraries, through the border, to records.

mod architecture;
mod smoke;
mod support;
