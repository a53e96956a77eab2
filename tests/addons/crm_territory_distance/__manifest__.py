{
    "name": "CRM Territories by Distance",
    "summary": "For the tests: what another addon can extend, in a few lines",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "license": "LGPL-3",
    "author": "The authors of crm_territory",
    "depends": ["crm_territory"],
    "data": ["security/ir.model.access.csv"],
}
