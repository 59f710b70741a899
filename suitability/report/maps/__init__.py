"""Static maps: self-contained HTML and SVG."""
