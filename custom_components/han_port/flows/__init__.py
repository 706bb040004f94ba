"""The steps of the config flow and the options flow, their forms, and the listening behind them."""
