"""The shape of the shop Online Retail, as measured. Aggregate figures only; no line of the data set is kept here.

Measured with `measure.measure_shape` on all 541,909 lines (D. Chen, UCI no. 352, doi 10.24432/C5BW33, CC BY 4.0), four
significant digits. A test measures again wherever the data set is at hand.
"""

from __future__ import annotations

from typing import Final

from gateway.replay.shape import ShopShape

# fmt: off
ONLINE_RETAIL: Final = ShopShape(
    orders_per_trading_day=64.87,
    month_factors=(0.6943, 0.704, 0.8227, 0.9066, 1.03, 0.9048, 0.8609, 0.7951, 1.078, 1.189, 1.632, 1.304),
    weekday_factors=(1.01, 1.041, 1.067, 1.225, 0.9595, 0.0, 0.6792),
    hour_shares=(
        0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.054e-05, 0.001466, 0.02856, 0.07435, 0.1182, 0.12, 0.1619, 0.1381, 0.1226,
        0.1169, 0.06646, 0.03346, 0.009704, 0.007329, 0.0009098, 0.0, 0.0, 0.0,
    ),
    skus_per_order=(
        1.0, 1.0, 2.0, 3.0, 5.0, 6.0, 8.0, 10.0, 12.0, 13.0, 15.0, 17.0, 19.0, 22.0, 25.0, 29.0, 34.0, 41.0, 52.0,
        75.0, 148.0, 218.0, 343.0, 589.0, 730.0,
    ),
    units_per_line=(
        1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 4.0, 6.0, 6.0, 8.0, 11.0, 12.0, 12.0, 24.0, 30.0,
        72.0, 100.0, 160.0, 448.0, 1440.0,
    ),
    repeated_line_share=0.01989,
    skus=3798,
    sku_popularity=(0.004423, 0.01548, 0.05274, 0.09193, 0.1554, 0.2883, 0.4397, 0.6368, 0.7644, 0.9151, 0.9796, 1.0),
    lettered_sku_share=0.2435,
    lower_case_share=0.03832,
    price_per_sku=(
        0.04, 0.39, 0.42, 0.79, 0.85, 1.0, 1.25, 1.25, 1.65, 1.66, 2.08, 2.46, 2.55, 2.95, 3.73, 4.13, 4.95, 5.83,
        7.95, 9.95, 14.95, 16.98, 37.98, 125.0, 165.0,
    ),
    customers=4335,
    customer_popularity=(
        0.01119, 0.03396, 0.09193, 0.1312, 0.1913, 0.3081, 0.4339, 0.5966, 0.7035, 0.8463, 0.9293, 1.0,
    ),
    unknown_customer_share=0.06975,
    cancellations_per_order=0.173,
    skus_per_cancellation=(
        1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 7.0, 13.0,
        19.0, 24.0, 39.0, 101.0,
    ),
    cancellation_delay_h=(
        0.01667, 1.033, 45.28, 73.08, 97.57, 121.7, 145.7, 167.9, 188.2, 215.1, 261.1, 314.9, 384.2, 486.1, 647.4,
        846.4, 1176.0, 1557.0, 2328.0, 3723.0, 5216.0, 6197.0, 7080.0, 8380.0, 8836.0,
    ),
    matched_cancellation_share=0.8708,
    whole_cancellation_share=0.03339,
    write_offs_per_trading_day=4.38,
    write_off_units=(
        1.0, 1.0, 2.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 24.0, 30.0, 36.0, 42.0, 53.0, 66.0, 84.0, 110.0, 160.0,
        270.0, 657.0, 1440.0, 2472.0, 3100.0, 9600.0, 9600.0,
    ),
    write_off_reasons=(
        ("correction", 0.6999), ("damaged", 0.113), ("data_entry", 0.05314), ("found", 0.0007485), ("missing",
        0.01347), ("recounted", 0.09506), ("scrapped", 0.0247),
    ),
    finds_per_trading_day=2.498,
    found_units=(
        1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0, 11.0, 15.0, 20.0, 26.0, 36.0, 50.0, 72.0, 118.0,
        204.0, 425.0, 1000.0, 2560.0, 4000.0, 5568.0,
    ),
    found_reasons=(
        ("correction", 0.8412), ("damaged", 0.001312), ("data_entry", 0.04856), ("found", 0.05643), ("recounted",
        0.05249),
    ),
    service_lines_per_order=(
        ("AMAZONFEE", 0.001718), ("BANK CHARGES", 0.00187), ("C2", 0.007278), ("CRUK", 0.0008087), ("D", 0.003892),
        ("DOT", 0.03589), ("GIFT_0001_10", 0.0004549), ("GIFT_0001_20", 0.0005054), ("GIFT_0001_30", 0.0004043),
        ("GIFT_0001_40", 0.0001516), ("GIFT_0001_50", 0.0002022), ("M", 0.02891), ("PADS", 0.0002022), ("POST",
        0.06348), ("S", 0.003184),
    ),
    giant_order_units=80995,
    giant_order_minutes=12.0,
)
# fmt: on
"""Figures of the whole file, 1 December 2010 to 9 December 2011."""
