"""Agents on computers that tell what these are made of: GLPI Agent, FusionInventory and OCS Inventory, by their own protocols."""
