"""When to image: what data tell about parameters, and schedules of scans ranked by it."""
