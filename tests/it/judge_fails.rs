//! Each assertion of the judge can fail.
