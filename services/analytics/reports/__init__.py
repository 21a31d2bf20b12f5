"""Monthly reports and quarterly reviews of complaints (R192, R197): what they hold, and how they look as a workbook."""
