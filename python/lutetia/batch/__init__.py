"""Many members on all cores: patients, parameter values and regimens."""
