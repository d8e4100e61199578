//! Tests of the whole: plugins from their shared libraries, through the border, to records.

mod architecture;
mod bits;
mod border;
mod counting;
mod langevin;
mod resume;
mod smoke;
mod support;
