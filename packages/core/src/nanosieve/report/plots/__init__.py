"""The plots of a report, each drawn by matplotlib and written into the page as SVG."""
